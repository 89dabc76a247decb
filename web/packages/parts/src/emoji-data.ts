export const groups = [
  {
    title: 'emoji.people',
    list: 'grinning 😀 smiley 😃 smile 😄 grin 😁 laughing 😆 sweat_smile 😅 rofl 🤣 joy 😂 slightly_smiling_face 🙂 upside_down_face 🙃 wink 😉 blush 😊 innocent 😇 smiling_face_with_3_hearts 🥰 heart_eyes 😍 star_struck 🤩 kissing_heart 😘 yum 😋 stuck_out_tongue 😛 zany_face 🤪 hugs 🤗 shushing_face 🤫 thinking 🤔 zipper_mouth_face 🤐 raised_eyebrow 🤨 neutral_face 😐 expressionless 😑 smirk 😏 unamused 😒 roll_eyes 🙄 grimacing 😬 relieved 😌 pensive 😔 sleepy 😪 sleeping 😴 mask 😷 face_with_thermometer 🤒 nauseated_face 🤢 sneezing_face 🤧 hot_face 🥵 cold_face 🥶 dizzy_face 😵 exploding_head 🤯 cowboy_hat_face 🤠 partying_face 🥳 sunglasses 😎 nerd_face 🤓 confused 😕 worried 😟 open_mouth 😮 astonished 😲 flushed 😳 pleading_face 🥺 cry 😢 sob 😭 scream 😱 disappointed 😞 sweat 😓 weary 😩 tired_face 😫 yawning_face 🥱 triumph 😤 angry 😠 rage 😡 skull 💀 ghost 👻 robot 🤖 wave 👋 raised_hand ✋ vulcan_salute 🖖 ok_hand 👌 v ✌️ crossed_fingers 🤞 metal 🤘 call_me_hand 🤙 point_left 👈 point_right 👉 point_up_2 👆 point_down 👇 +1 👍 -1 👎 fist ✊ facepunch 👊 clap 👏 raised_hands 🙌 open_hands 👐 handshake 🤝 pray 🙏 writing_hand ✍️ muscle 💪 eyes 👀 brain 🧠 saluting_face 🫡 shrug 🤷 facepalm 🤦',
  },
  {
    title: 'emoji.nature',
    list: 'dog 🐶 cat 🐱 bear 🐻 fox_face 🦊 penguin 🐧 bird 🐦 owl 🦉 turtle 🐢 fish 🐟 dolphin 🐬 whale 🐳 octopus 🐙 bee 🐝 bug 🐛 seedling 🌱 evergreen_tree 🌲 palm_tree 🌴 cactus 🌵 four_leaf_clover 🍀 sunflower 🌻 earth_africa 🌍 full_moon 🌕 crescent_moon 🌙 sunny ☀️ partly_sunny ⛅ cloud ☁️ rain_cloud 🌧️ thunder_cloud_and_rain ⛈️ snowflake ❄️ zap ⚡ fire 🔥 droplet 💧 ocean 🌊 rainbow 🌈 coffee ☕ tea 🍵 beer 🍺 bread 🍞 pizza 🍕 apple 🍎 banana 🍌 cake 🍰 cookie 🍪 rice 🍚 stew 🍲',
  },
  {
    title: 'emoji.travel',
    list: 'ship 🚢 anchor ⚓ boat ⛵ speedboat 🚤 airplane ✈️ helicopter 🚁 rocket 🚀 satellite 🛰️ truck 🚚 ambulance 🚑 fire_engine 🚒 bus 🚌 car 🚗 fuelpump ⛽ construction 🚧 tent ⛺ hospital 🏥 office 🏢 compass 🧭 world_map 🗺️ phone ☎️ iphone 📱 computer 💻 battery 🔋 electric_plug 🔌 bulb 💡 flashlight 🔦 wrench 🔧 hammer 🔨 gear ⚙️ toolbox 🧰 magnet 🧲 microscope 🔬 pill 💊 syringe 💉 stethoscope 🩺 thermometer 🌡️ package 📦 mailbox 📫 memo 📝 clipboard 📋 pushpin 📌 paperclip 📎 calendar 📅 chart_with_upwards_trend 📈 bar_chart 📊 lock 🔒 unlock 🔓 key 🔑 bell 🔔 mute 🔇 loudspeaker 📢 mega 📣 hourglass ⌛ watch ⌚ stopwatch ⏱️ camera 📷 books 📚 bookmark 🔖 money_with_wings 💸 trophy 🏆 medal_sports 🏅 dart 🎯 gift 🎁 tada 🎉 balloon 🎈 birthday 🎂',
  },
  {
    title: 'emoji.signs',
    list: 'heart ❤️ orange_heart 🧡 yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 black_heart 🖤 broken_heart 💔 sparkles ✨ star ⭐ boom 💥 100 💯 white_check_mark ✅ heavy_check_mark ✔️ x ❌ o ⭕ no_entry ⛔ no_entry_sign 🚫 warning ⚠️ sos 🆘 question ❓ exclamation ❗ heavy_plus_sign ➕ heavy_minus_sign ➖ arrow_up ⬆️ arrow_down ⬇️ arrow_left ⬅️ arrow_right ➡️ arrows_counterclockwise 🔄 red_circle 🔴 large_orange_circle 🟠 yellow_circle 🟡 green_circle 🟢 large_blue_circle 🔵 white_circle ⚪ black_circle ⚫ checkered_flag 🏁 triangular_flag_on_post 🚩 white_flag 🏳️ radioactive ☢️ biohazard ☣️ recycle ♻️ infinity ♾️ copyright ©️ zzz 💤 speech_balloon 💬 thought_balloon 💭',
  },
] as const
